import { defineConfig } from "vitest/config";

// One run over every workspace; each keeps its own settings.
export default defineConfig({ test: { projects: ["src/*/vite.config.ts"] } });
