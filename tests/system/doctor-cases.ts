import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { secret } from "@handlekit/core";
import { createSelfSignedCertificate } from "@handlekit/keys";
import { type DoctorFixture, HOUR, toTls } from "../support/doctor-fixture.ts";
import { openTcp, passTo } from "../support/faulty-server.ts";
import { freePort } from "../support/free-port.ts";
import { PASSWORD, PREFIX } from "../support/site.ts";

const isLogin = (header: string | undefined) => /clientcert/i.test(header ?? "");

/** A fault: its name, the step and kind that `hdl doctor` names, and how it is made, which returns the arguments. */
type DoctorCase = readonly [
  name: string,
  step: string,
  kind: string,
  prepare: (fixture: DoctorFixture) => Promise<readonly string[]>,
];

export const DOCTOR_CASES: readonly DoctorCase[] = [
  [
    "the credentials file does not exist",
    "credentials",
    "credentials",
    async (f) => ["-c", f.file("none.json")],
  ],
  [
    "the credentials file is not JSON",
    "credentials",
    "credentials",
    async (f) => {
      await writeFile(f.file("broken.json"), "{", { mode: 0o600 });
      return ["-c", f.file("broken.json")];
    },
  ],
  [
    "there is no server",
    "credentials",
    "credentials",
    (f) =>
      f.credentials({ handle_server_url: undefined, username: `300:${PREFIX}/ADMIN`, password: PASSWORD }),
  ],
  ["the user is no reference", "credentials", "credentials", (f) => f.password("ADMIN")],
  [
    "the key is not that of the certificate",
    "credentials",
    "key_file",
    (f) =>
      f.credentials({
        certificate_only: f.own("admin-certificate.pem"),
        private_key: f.own("server-key.pem"),
      }),
  ],
  [
    "the key does not exist",
    "credentials",
    "key_file",
    (f) =>
      f.credentials({ certificate_only: f.own("admin-certificate.pem"), private_key: f.file("none.pem") }),
  ],
  [
    "the address is http",
    "credentials",
    "plain_http",
    async (f) => [...f.login(), "-s", "http://127.0.0.1:8000"],
  ],
  ["there is no such host", "name", "host_not_found", async () => ["-s", "https://nowhere.invalid:8000"]],
  ["nothing listens", "port", "refused", async () => ["-s", `https://127.0.0.1:${await freePort()}`]],
  [
    "the port answers nothing",
    "tls",
    "unreachable",
    async (f) => ["-s", await f.keep(openTcp(() => {})), "--timeout", "0.5"],
  ],
  [
    "the port is closed at once",
    "tls",
    "not_tls",
    async (f) => ["-s", await f.keep(openTcp((s) => s.destroy()))],
  ],
  [
    "the port is that of plain http",
    "tls",
    "not_tls",
    async (f) => ["-s", (f.site.server.urls[1] ?? "").replace("http:", "https:")],
  ],
  [
    "TLS 1.1 only",
    "tls",
    "tls_version",
    async (f) => {
      const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
      return f.trusting(await f.passing(old));
    },
  ],
  [
    "TLS 1.3 only, for a login with a certificate",
    "tls",
    "tls_version",
    async (f) => [...f.certificateLogin(), ...f.trusting(await f.passing({ minVersion: "TLSv1.3" }))],
  ],
  ["its own certificate, and no trust", "server", "untrusted", async (f) => ["-s", f.site.url]],
  [
    "the certificate of another server is trusted",
    "server",
    "untrusted",
    async (f) => ["-s", f.site.url, "--ca", join(f.foreign.directory, "server-certificate.pem")],
  ],
  [
    "the fingerprint of another server is trusted",
    "server",
    "untrusted",
    async (f) => ["-s", f.site.url, "--trust", `sha256:${"ab".repeat(32)}`],
  ],
  ["a CA that is not trusted", "server", "untrusted", async (f) => ["-s", await f.passing({})]],
  [
    "the certificate has expired",
    "server",
    "expired",
    async (f) => {
      const dates = { notBefore: new Date(Date.now() - 2 * HOUR), notAfter: new Date(Date.now() - HOUR) };
      const issued = await f.authority.issue({ subject: "late", hosts: ["127.0.0.1"], ...dates });
      return f.trusting(await f.passing(toTls(issued)));
    },
  ],
  [
    "the certificate is not valid yet",
    "server",
    "expired",
    async (f) => {
      const dates = { notBefore: new Date(Date.now() + HOUR), notAfter: new Date(Date.now() + 2 * HOUR) };
      const issued = await f.authority.issue({ subject: "early", hosts: ["127.0.0.1"], ...dates });
      return f.trusting(await f.passing(toTls(issued)));
    },
  ],
  [
    "the certificate is for another name",
    "server",
    "host_name",
    async (f) => {
      const issued = await f.authority.issue({ subject: "other", hosts: ["hdl.example.org"] });
      return f.trusting(await f.passing(toTls(issued)));
    },
  ],
  [
    "a web server",
    "server",
    "no_handle_api",
    (f) => f.answering((_, a) => a.writeHead(404).end("<h1>Not found</h1>")),
  ],
  [
    "a redirect",
    "server",
    "no_handle_api",
    (f) => f.answering((_, a) => a.writeHead(302, { location: "https://example.org/" }).end()),
  ],
  ["the server fails", "server", "server_failed", (f) => f.answering((_, a) => a.writeHead(500).end())],
  [
    "the server does not answer requests",
    "server",
    "unreachable",
    async (f) => [...(await f.answering(() => {})), "--timeout", "1"],
  ],
  [
    "its own certificate has another key than HS_SITE",
    "server key",
    "server_key",
    async (f) => {
      const key = await f.newKey();
      const subject = "other key";
      const cert = await createSelfSignedCertificate({
        privateKey: secret(key),
        subject,
        hosts: ["127.0.0.1"],
      });
      await writeFile(f.file("own.pem"), cert);
      return ["-s", await f.passing({ cert, key }), "--ca", f.file("own.pem")];
    },
  ],
  ...[-1, 1].map(
    (sign): DoctorCase => [
      `the server's clock is ${sign < 0 ? "behind" : "ahead"}`,
      "clock",
      "clock",
      (f) =>
        f.answering((q, a) =>
          passTo(f.site.url, q, a, (headers) => {
            headers.date = new Date(Date.now() + sign * HOUR).toUTCString();
          }),
        ),
    ],
  ),
  [
    "a proxy passes requests on over http",
    "authentication",
    "no_authentication",
    async (f) => [...f.login(), ...(await f.answering((q, a) => passTo(f.site.server.urls[1] ?? "", q, a)))],
  ],
  [
    "a proxy takes the challenges out",
    "authentication",
    "no_authentication",
    async (f) => [
      ...f.login(),
      ...(await f.answering((q, a) =>
        passTo(f.site.url, q, a, (headers) => {
          delete headers["www-authenticate"];
        }),
      )),
    ],
  ],
  [
    "two servers share the address",
    "sessions",
    "sessions",
    async (f) => [
      ...f.login(),
      ...(await f.answering((q, a) => passTo(q.method === "POST" ? f.foreign.url : f.site.url, q, a))),
    ],
  ],
  ["the user does not exist", "user", "no_user", (f) => f.password(`300:${PREFIX}/NOBODY`)],
  ["the user's value is no password", "user", "no_key", (f) => f.password(`301:${PREFIX}/ADMIN`)],
  ["the certificate names no user", "user", "key_file", (f) => f.certificate("nobody")],
  [
    "the certificate names an index without a key",
    "user",
    "no_key",
    (f) => f.certificate(`305:${PREFIX}/ADMIN`),
  ],
  [
    "the certificate has another key",
    "user",
    "other_key",
    async (f) => f.certificate(`301:${PREFIX}/ADMIN`, await f.newKey()),
  ],
  ["the password is wrong", "login", "login_rejected", (f) => f.password(undefined, "S3CR3T-wrong")],
  [
    "a proxy ends the TLS that has the client certificate",
    "login",
    "login_rejected",
    async (f) => [...f.certificateLogin(), ...f.trusting(await f.passing({}))],
  ],
  [
    "the server cannot renegotiate",
    "login",
    "certificate_request",
    async (f) => [
      ...f.certificateLogin(),
      ...(await f.answering((q, a) => {
        if (!isLogin(q.headers.authorization)) return passTo(f.site.url, q, a);
        const message = "Authorization: Handle clientCert requires TLS renegotiation.";
        a.writeHead(400, { "content-type": "application/json" }).end(
          JSON.stringify({ responseCode: 4, message }),
        );
      })),
    ],
  ],
  [
    "the connection breaks when the client certificate is asked for",
    "login",
    "certificate_request",
    async (f) => [
      ...f.certificateLogin(),
      ...(await f.answering((q, a) => {
        if (isLogin(q.headers.authorization)) q.socket.destroy();
        else passTo(f.site.url, q, a);
      })),
      "--timeout",
      "2",
    ],
  ],
  ["the user has no rights", "rights", "rights", (f) => f.password(`300:${PREFIX}/BOB`)],
];
