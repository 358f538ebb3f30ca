import { parseUrl } from "@handlekit/core";
import { expect, it } from "vitest";

it("parses what the platform parses, however often it is called", () => {
  // URL.canParse of Node 20 answers false for text beyond ASCII once it is compiled.
  for (let i = 0; i < 30_000; i++) parseUrl("https://example.org/");
  expect(parseUrl("https://bücher.example/é")?.href).toBe("https://xn--bcher-kva.example/%C3%A9");
  expect(parseUrl("/x", "https://example.org/a/b")?.href).toBe("https://example.org/x");
  for (const text of ["", "example.org", "https://", "https://[a/", "https://exa mple/"]) {
    expect(parseUrl(text)).toBe(undefined);
  }
});
