import { setTimeout } from "node:timers/promises";

/** A request that takes its time, `?ms=` of it: what may be in flight as the signal comes. */
export const GET = async (request: Request): Promise<Response> => {
  await setTimeout(Number(new URL(request.url).searchParams.get("ms")));
  return Response.json({ orders: [] });
};
