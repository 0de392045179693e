import { serve } from '@taskflow/runtime';
import { apiConfig, createApi } from '@taskflow/services/api';

try {
  process.exitCode = await serve({ name: 'api', config: apiConfig, create: createApi });
} catch (error) {
  process.stderr.write(`taskflow api: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
