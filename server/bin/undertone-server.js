#!/usr/bin/env node
// Exists before the build does, so that installing a checkout links the command.
await import('../dist/main.js');
