import { apiFragment, databaseFragment, processFragment, type FragmentValues } from '@taskflow/runtime';

/** Everything that the api reads from the environment. */
export const apiConfig = { ...processFragment, ...databaseFragment, ...apiFragment };

export type ApiConfig = FragmentValues<typeof apiConfig>;
