// @nestjs/terminus on Nest's Express platform, its decorators called by hand.
import { Controller, Get, Inject, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { HealthCheck, HealthCheckService, TerminusModule } from "@nestjs/terminus";

const controllerOf = (names, path) => {
  class Readiness {
    constructor(service) {
      this.service = service;
    }
    check() {
      return this.service.check(names.map((name) => async () => ({ [name]: { status: "up" } })));
    }
  }
  const described = Object.getOwnPropertyDescriptor(Readiness.prototype, "check");
  Get()(Readiness.prototype, "check", described);
  HealthCheck()(Readiness.prototype, "check", described);
  Inject(HealthCheckService)(Readiness, undefined, 0);
  Controller(path)(Readiness);
  return Readiness;
};

/** Nest's own server, ready to listen. */
export const nestServer = async (names, path) => {
  const Application = function () {};
  Module({ imports: [TerminusModule.forRoot({ logger: false })], controllers: [controllerOf(names, path)] })(Application);
  const app = await NestFactory.create(Application, { logger: false });
  await app.init();
  return app.getHttpServer();
};
