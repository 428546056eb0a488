import { nextApiHealth } from "probekit/next";
import { health } from "../../../lib/health";

export const config = { api: { bodyParser: false } };

export default nextApiHealth(health);
