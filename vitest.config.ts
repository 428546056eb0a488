import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^probekit$/, replacement: here("src/index.ts") },
      { find: /^probekit\/testing$/, replacement: here("src/testing.ts") },
      { find: /^probekit\/shutdown$/, replacement: here("shutdown/shutdown.ts") },
      { find: /^probekit\/checks\/(.*)$/, replacement: `${here("src/checks")}/$1.ts` },
      { find: /^probekit\/(.*)$/, replacement: `${here("adapters")}/$1.ts` },
    ],
  },
  test: { include: ["test/**/*.test.ts"] },
});
