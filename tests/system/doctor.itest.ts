// `hdl doctor` against prepared faults, each on real sockets, most in front of a real hdl-server: it names the kind, with
// its own exit code, and stops there.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FAULTS } from "../../apps/cli/src/doctor/finding.ts";
import { createDoctorFixture, type DoctorFixture } from "../support/doctor-fixture.ts";
import { hdl } from "../support/hdl.ts";
import { DOCTOR_CASES } from "./doctor-cases.ts";

let fixture: DoctorFixture;
beforeAll(async () => {
  fixture = await createDoctorFixture();
});
afterEach(() => fixture.closeServers());
afterAll(() => fixture?.remove());

interface Report {
  readonly ok: boolean;
  readonly fault: {
    readonly step: string;
    readonly kind: string;
    readonly exit: number;
    readonly hint?: string;
  } | null;
  readonly steps: readonly { readonly step: string; readonly ok: boolean }[];
}

async function doctor(...args: readonly string[]): Promise<Report & { readonly code: number | null }> {
  const { code, stdout, stderr } = await hdl("doctor", "--json", ...args);
  if (stdout === "") throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Report) };
}

describe("hdl doctor", () => {
  it.each(DOCTOR_CASES)("%s", async (_, step, kind, prepare) => {
    const { code, ok, fault, steps } = await doctor(...(await prepare(fixture)));
    expect({ ok, step: fault?.step, kind: fault?.kind }).toEqual({ ok: false, step, kind });
    expect([code, fault?.exit]).toEqual([FAULTS[kind]?.[0], FAULTS[kind]?.[0]]);
    expect(fault?.hint).toMatch(/\w/);
    expect(steps.filter((each) => !each.ok).map((each) => each.step)).toEqual([step]);
  });

  it.each([
    ["a password", () => fixture.login()],
    ["a certificate", () => fixture.certificateLogin()],
    ["no login", () => ["-s", fixture.site.url, "--ca", fixture.own("server-certificate.pem")]],
  ])("finds nothing wrong with %s", async (_, args) => {
    expect(await doctor(...args())).toMatchObject({ code: 0, ok: true, fault: null });
  });

  it("tells a missing intermediate certificate from a CA that is not trusted", async () => {
    const intermediate = await fixture.authority.issueAuthority("Middle");
    const { certificate, key } = await intermediate.issue({ subject: "leaf", hosts: ["127.0.0.1"] });
    const alone = await fixture.passing({ cert: certificate, key });
    const whole = await fixture.passing({ cert: `${certificate}\n${intermediate.certificate}`, key });
    const hintOf = async (...args: readonly string[]) => (await doctor(...args)).fault?.hint;
    expect(await hintOf(...fixture.trusting(alone))).toContain(
      "signed by Middle, whose certificate the server does not send. If Middle is an intermediate CA",
    );
    expect(await hintOf("-s", whole)).toContain(
      "signed by Middle, whose certificate the server sends too, but no CA of that chain is trusted here",
    );
    expect(await hintOf("-s", fixture.site.url)).toContain("signed by itself");
    const other = `sha256:${"ab".repeat(32)}`;
    expect(await hintOf("-s", alone, "--trust", other)).toMatch(/^It is signed by Middle\. /);
    expect((await doctor(...fixture.trusting(whole))).ok).toBe(true);
  });

  it("has a case for each kind, and an exit code for each kind", () => {
    expect(new Set(DOCTOR_CASES.map(([, , kind]) => kind))).toEqual(new Set(Object.keys(FAULTS)));
    const exits = Object.values(FAULTS).map(([exit]) => exit);
    expect(new Set(exits).size).toBe(exits.length);
  });
});
