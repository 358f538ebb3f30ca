/** Everything here is made up; the password holds the canary of our tests. */
export const HANDLE = "20.500.12345/21.T11148-0000-0001";
export const IDENTITY = "300:20.500.12345/USER";
export const PASSWORD = "S3CR3T-bench";

/** The record of four values that the canned server gives to every read. */
export const RECORD = {
  responseCode: 1,
  handle: HANDLE,
  values: [
    {
      index: 1,
      type: "URL",
      data: { format: "string", value: "https://repository.example.org/objects/0000-0001" },
      ttl: 86400,
      timestamp: "2026-01-02T03:04:05Z",
    },
    {
      index: 2,
      type: "EMAIL",
      data: { format: "string", value: "data@example.org" },
      ttl: 86400,
      timestamp: "2026-01-02T03:04:05Z",
    },
    {
      index: 3,
      type: "CHECKSUM",
      data: { format: "string", value: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c" },
      ttl: 86400,
      timestamp: "2026-01-02T03:04:05Z",
    },
    {
      index: 100,
      type: "HS_ADMIN",
      data: {
        format: "admin",
        value: { handle: "0.NA/20.500.12345", index: 200, permissions: "011111110011" },
      },
      ttl: 86400,
      timestamp: "2026-01-02T03:04:05Z",
    },
  ],
};

/** What the canned server gives to every write. */
export const WRITTEN = { responseCode: 1, handle: HANDLE };

/** What a modification writes: the value at index 2. */
export const NEW_EMAIL = "new@example.org";
