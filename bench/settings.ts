/** The settings that the server is measured with. */
import { readConfig, type Config } from '../src/config.ts';

const MASTER_KEY = `k1:${Buffer.from('a master key for benchmarks only').toString('base64')}`;
export function settingsOf(smppUrl: string): Record<string, string> {
  return {
    COUNTERSIGN_MASTER_KEY: MASTER_KEY,
    SMPP_URL: smppUrl,
    PORT: '0',
    PUBLIC_URL: 'http://localhost:8080',
    LOG_LEVEL: 'error',
  };
}

export function benchConfig(settings: Record<string, string>): Config {
  const config = readConfig(settings);
  if (!config.ok) throw new Error(config.detail ?? config.refusal);
  return config.value;
}
