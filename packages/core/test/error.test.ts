import { inspect } from "node:util";
import { HandleError, hasLoneSurrogate, isHandleError } from "@handlekit/core";
import { describe, expect, it, vi } from "vitest";

describe("HandleError", () => {
  it("has the details that it was passed", () => {
    const cause = new Error("beneath");
    const error = new HandleError("handle_exists", {
      message: "The handle exists.",
      hint: "Choose another.",
      handle: "20.500.12345/abc",
      responseCode: 101,
      status: 409,
      retryable: true,
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error, message: error.message, cause: error.cause }).toEqual({
      name: "HandleError",
      code: "handle_exists",
      message: "The handle exists.",
      hint: "Choose another.",
      handle: "20.500.12345/abc",
      responseCode: 101,
      status: 409,
      retryable: true,
      cause,
    });
    expect(String(error)).toBe("HandleError: The handle exists.");
    expect(error.stack).toContain("error.test.ts");
  });

  it("has no other details", () => {
    const error = new HandleError("timeout", { message: "Too slow.", hint: undefined, status: undefined });
    expect(Object.keys(error).sort()).toEqual(["code", "name", "retryable"]);
    expect(error.retryable).toBe(false);
    expect("cause" in error).toBe(false);
    expect("hint" in error).toBe(false);
    expect(inspect(error)).not.toContain("undefined");
  });
});

describe("isHandleError", () => {
  const error = new HandleError("timeout", { message: "Too slow." });

  it("recognises the class, and one code", () => {
    expect(isHandleError(error)).toBe(true);
    expect(isHandleError(error, "timeout")).toBe(true);
    expect(isHandleError(error, "aborted")).toBe(false);
  });

  it.each([
    undefined,
    null,
    "HandleError",
    1,
    () => {},
    {},
    new Error("timeout"),
    Object.assign(new Error("x"), { name: "HandleError", code: "timeout", retryable: false }),
  ])("%o is not one", (other) => {
    expect(isHandleError(other)).toBe(false);
    expect(isHandleError(other, "timeout")).toBe(false);
  });

  it("recognises the error of a second copy of core", async () => {
    vi.resetModules();
    const copy = await import("@handlekit/core");
    const theirs = new copy.HandleError("timeout", { message: "Too slow." });
    expect(copy.HandleError).not.toBe(HandleError);
    expect(theirs).not.toBeInstanceOf(HandleError);
    expect(isHandleError(theirs)).toBe(true);
    expect(isHandleError(theirs, "timeout")).toBe(true);
    expect(isHandleError(theirs, "aborted")).toBe(false);
    expect(copy.isHandleError(error, "timeout")).toBe(true);
  });

  it("hides its brand", () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "HandleError",
      code: "timeout",
      message: "Too slow.",
      retryable: false,
    });
    expect(inspect(error)).not.toContain("Symbol");
  });
});

describe("toJSON", () => {
  it("has the message, and no other members", () => {
    const error = new HandleError("timeout", { message: "Too slow.", hint: "Wait.", handle: "20.5/a" });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "HandleError",
      code: "timeout",
      message: "Too slow.",
      hint: "Wait.",
      handle: "20.5/a",
      retryable: false,
    });
  });

  it("shows a cause by its name, message and code alone", () => {
    const foreign = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", password: "S3CR3T" });
    const beneath = new HandleError("connection_failed", { message: "It broke.", cause: foreign });
    const error = new HandleError("store_failed", { message: "No.", cause: beneath });
    expect(JSON.parse(JSON.stringify(error)).cause).toEqual({
      name: "HandleError",
      code: "connection_failed",
      message: "It broke.",
      retryable: false,
      cause: { name: "Error", message: "read ECONNRESET", code: "ECONNRESET" },
    });
    expect(JSON.stringify(new HandleError("timeout", { message: "x", cause: "S3CR3T" }))).not.toContain(
      "cause",
    );
  });

  it("narrows the type to the code that was asked for", () => {
    const error: unknown = new HandleError("timeout", { message: "Too slow." });
    if (isHandleError(error, "timeout")) {
      const code: "timeout" = error.code;
      expect(code).toBe("timeout");
    }
    expect.assertions(1);
  });

  it("cuts the middle out of a message and a hint that nobody would read to its end", () => {
    const { message, hint, handle } = new HandleError("invalid_handle", {
      message: `The handle ${"\u{1f600}".repeat(4000)} is malformed.`,
      hint: `Remove ${"x".repeat(2000)} from it.`,
      handle: "x".repeat(2000),
    });
    expect(message).toMatch(/^The handle .* \[65\d\d characters left out\] .* is malformed\.$/su);
    expect(message.length).toBeLessThan(1600);
    expect(hasLoneSurrogate(message)).toBe(false);
    expect(hint).toMatch(/ characters left out\] x+ from it\.$/);
    expect(handle).toHaveLength(2000);
  });
});
