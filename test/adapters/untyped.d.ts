// Packages without types of their own, under the names by which the tests import them.
declare module "express4" {
  import express from "express";
  export default express;
}
declare module "koa2" {
  import Koa from "koa";
  export default Koa;
}
declare module "koa-mount" {
  import type Koa from "koa";
  export default function mount(prefix: string, app: Koa | Koa.Middleware): Koa.Middleware;
}
declare module "@koa/router" {
  import type Koa from "koa";
  export default class Router {
    constructor(options?: { prefix?: string });
    use(...middleware: Koa.Middleware[]): this;
    all(path: string, ...middleware: Koa.Middleware[]): this;
    get(path: string, ...middleware: Koa.Middleware[]): this;
    routes(): Koa.Middleware;
    allowedMethods(): Koa.Middleware;
  }
}
declare module "compression" {
  import type { RequestHandler } from "express";
  export default function compression(options?: { threshold?: number }): RequestHandler;
}
