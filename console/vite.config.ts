import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const CONTROL = process.env["SERENO_CONTROL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte()],
  // Assets stay files of our own origin: the content security policy admits no data: scripts or workers.
  build: { target: "es2023", assetsInlineLimit: 0, chunkSizeWarningLimit: 1400, sourcemap: false },
  server: { proxy: { "/api": { target: CONTROL, ws: true }, "/verify": CONTROL } },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
