import { openAssets, type Assets } from '../../src/web/assets.ts';

const FILES = {
  'demo.css': new URL('./assets/demo.css', import.meta.url),
  'handset.js': new URL('./assets/handset.js', import.meta.url),
  'steps.svg': new URL('./assets/steps.svg', import.meta.url),
} as const;

export type DemoAssets = Assets<keyof typeof FILES>;

/** The looks of the demo and of the handset, beside those of the kit, at `/demo/assets`. */
export function openDemoAssets(): DemoAssets {
  return openAssets('/demo/assets', FILES);
}
