import { nextHealth } from "probekit/next";
import { health } from "../../../lib/health";

export const { GET, HEAD, OPTIONS } = nextHealth(health);
