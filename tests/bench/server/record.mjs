export const PREFIX = "20.500.99999";
export const ARDC_PREFIX = "10378.99999";
export const USER = `300:${PREFIX}/ADMIN`;
export const CERTIFICATE_USER = `301:${PREFIX}/ADMIN`;
export const PASSWORD = "S3CR3T-bench-password";
export const ARDC = {
  appId: "0123456789abcdef",
  sharedSecret: "S3CR3T-bench",
  identifier: "bench",
  authDomain: "bench",
};

/** Stands for a number in a path or a body. */
export const NUMBER = "{n}";

/** @param {number | string} number */
export const padded = (number) => String(number).padStart(8, "0");

/** @param {number | string} number its digits, or {@link NUMBER} */
export const handleOf = (number) => `${PREFIX}/BENCH-${number === NUMBER ? NUMBER : padded(number)}`;

/**
 * The four values of a record, whose answer to a GET has about 640 bytes.
 *
 * @param {number | string} number
 */
export function valuesOf(number) {
  const n = number === NUMBER ? NUMBER : padded(number);
  const admin = { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" };
  return [
    { index: 1, type: "URL", data: `https://example.org/${n}` },
    { index: 2, type: "CHECKSUM", data: "crc32:1b32c28c" },
    { index: 3, type: "TITLE", data: `Object ${n}` },
    { index: 100, type: "HS_ADMIN", data: { format: "admin", value: admin } },
  ];
}
