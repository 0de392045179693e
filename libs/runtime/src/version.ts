import packageJson from '../package.json' with { type: 'json' };

/** Version of this software, as released. */
export const version: string = packageJson.version;
