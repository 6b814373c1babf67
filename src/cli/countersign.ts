#!/usr/bin/env node
import { keepCompiled } from '../std/compiled.ts';

keepCompiled();
await import('./program.ts');
