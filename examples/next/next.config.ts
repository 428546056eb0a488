import type { NextConfig } from "next";

const config: NextConfig = {
  // Without it Next answers /health/ready/ with a 308, and most balancers take a redirect for a failure.
  skipTrailingSlashRedirect: true,
};

export default config;
