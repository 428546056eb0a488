import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { patientQuestion } from "../../src/checks/shared/patient-question.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** A client that answers when it is told to, and the questions that it was asked. */
const silent = () => {
  const questions: { answer(): void; fail(error: Error): void }[] = [];
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      questions.push({ answer: resolve, fail: reject });
    });
  return { questions, question: patientQuestion(ask) };
};

/** Runs that time out, one after the other. */
const timeOut = async (question: ReturnType<typeof silent>["question"], runs: number, timeoutMs = 100): Promise<void> => {
  for (let turn = 0; turn < runs; turn++) {
    const controller = new AbortController();
    const running = question(controller.signal, timeoutMs);
    vi.advanceTimersByTime(timeoutMs);
    controller.abort(new Error("timeout"));
    await expect(running).rejects.toThrow("timeout");
  }
};

const never = new AbortController().signal;

it("asks one question, however many runs time out within ten timeouts", async () => {
  const { questions, question } = silent();
  await timeOut(question, 10);
  expect(questions.length).toBe(1);
});

it("lets the next run have the answer to the question of one that timed out", async () => {
  const { questions, question } = silent();
  await timeOut(question, 3);
  const running = question(never, 100);
  questions[0]!.answer();
  await running;
  expect(questions.length).toBe(1);
});

it("gives a question up after ten timeouts, the next after twenty, and after ten again once one was answered", async () => {
  const { questions, question } = silent();
  await timeOut(question, 11);
  expect(questions.length).toBe(2);
  await timeOut(question, 19);
  expect(questions.length).toBe(2);
  await timeOut(question, 1);
  expect(questions.length).toBe(3);
  const running = question(never, 100);
  questions[2]!.answer();
  await running;
  await timeOut(question, 10);
  expect(questions.length).toBe(4);
  await timeOut(question, 1);
  expect(questions.length).toBe(5);
});

it("waits for no question longer than ten minutes", async () => {
  const { questions, question } = silent();
  await timeOut(question, 2, 599_999);
  expect(questions.length).toBe(1);
  await timeOut(question, 1, 600_000);
  expect(questions.length).toBe(2);
});

it("hears nothing more of a question that was given up, and asks another one when the present one fails", async () => {
  const { questions, question } = silent();
  await timeOut(question, 11);
  const running = question(never, 100);
  questions[0]!.fail(new Error("late"));
  questions[1]!.fail(new Error("lost"));
  await expect(running).rejects.toThrow("lost");
  const another = question(never, 100);
  expect(questions.length).toBe(3);
  questions[2]!.answer();
  await another;
});

it("asks nothing for a run that was aborted before it began", () => {
  const { questions, question } = silent();
  expect(() => question(AbortSignal.abort(new Error("overtaken")))).toThrow("overtaken");
  expect(questions.length).toBe(0);
});
