import fc from "fast-check";

const MAX_SIZE = 65_536;

/** What has confused parsers before: delimiters, escapes, numbers at the limits, names of Object.prototype. */
const TOKENS = [
  ..."\0\t\n\r \"'<>&%/:;,{}[]()=+*?#@\\^|~.",
  ..."\x7f\x85\u2028\ufeff\u202e\ud7ff\u00e9".split(""),
  ..."\r\n|\n\n|\n\n\n|&#0;|&#x110000;|&lt;|&amp;|<!--|-->|<![CDATA[|]]>|<!DOCTYPE a [<!ENTITY b 'c'>]>|<?a?>|</a>".split(
    "|",
  ),
  ..."%00|%0A|%2F|%25|%ff|%e2%82%ac|%|../|//|::|hdl:|null|true|-0|-1|0|1|100|4294967296|2147483648".split(
    "|",
  ),
  ..."1e999|9007199254740993|__proto__|constructor|toString|hasOwnProperty|length|𝒳|{{}}|[[[[|HS_ADMIN".split(
    "|",
  ),
  ..."HS_SECKEY|HS_PUBKEY|10320/loc|0.NA/|Basic |Handle |,,|=|==|AAAA|-----BEGIN |-----END |QUIT".split("|"),
].map((token) => new Uint8Array(Buffer.from(token)));

type Change = (bytes: Uint8Array, corpus: readonly Uint8Array[]) => Uint8Array;

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const at = (bytes: Uint8Array, place: number) => place % (bytes.length + 1);

const place = fc.nat(MAX_SIZE);
const short = fc.oneof(fc.nat(8), fc.nat(200));

/** Inserts bytes at a place, which shrinks to the end of the corpus entry. */
const insert = (bytes: Uint8Array, where: number, more: Uint8Array) =>
  join(bytes.subarray(0, at(bytes, where)), more, bytes.subarray(at(bytes, where)));

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(
    ([where, byte]): Change =>
      (bytes) =>
        join(bytes).fill(byte, at(bytes, where), at(bytes, where) + 1),
  ),
  fc.tuple(place, fc.nat(7)).map(
    ([where, bit]): Change =>
      (bytes) =>
        bytes.map((byte, i) => (i === at(bytes, where) ? byte ^ (1 << bit) : byte)),
  ),
  fc.tuple(place, short).map(
    ([where, length]): Change =>
      (bytes) =>
        join(bytes.subarray(0, at(bytes, where)), bytes.subarray(at(bytes, where) + length)),
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 8 })).map(
    ([where, more]): Change =>
      (bytes) =>
        insert(bytes, where, more),
  ),
  fc.tuple(place, fc.constantFrom(...TOKENS)).map(
    ([where, token]): Change =>
      (bytes) =>
        insert(bytes, where, token),
  ),
  fc.tuple(place, fc.constantFrom(...TOKENS)).map(
    ([where, token]): Change =>
      (bytes) =>
        join(bytes.subarray(0, at(bytes, where)), token, bytes.subarray(at(bytes, where) + token.length)),
  ),
  // Repetition finds what takes more than linear time.
  fc.tuple(place, short, fc.oneof(fc.nat(3), fc.nat(30_000))).map(
    ([where, length, times]): Change =>
      (bytes) => {
        const part = bytes.subarray(at(bytes, where), at(bytes, where) + length);
        const most = part.length === 0 ? 0 : Math.floor((MAX_SIZE - bytes.length) / part.length);
        return insert(
          bytes,
          where,
          join(...Array<Uint8Array>(Math.max(0, Math.min(times, most))).fill(part)),
        );
      },
  ),
  fc.tuple(place, fc.constantFrom(...TOKENS), fc.nat(20_000)).map(
    ([where, token, times]): Change =>
      (bytes) => {
        const most = Math.floor((MAX_SIZE - bytes.length) / token.length);
        return insert(
          bytes,
          where,
          join(...Array<Uint8Array>(Math.max(0, Math.min(times, most))).fill(token)),
        );
      },
  ),
  fc.tuple(place, fc.nat(), place).map(
    ([where, other, from]): Change =>
      (bytes, corpus) => {
        const entry = corpus[other % corpus.length] ?? bytes;
        return join(bytes.subarray(0, at(bytes, where)), entry.subarray(at(entry, from)));
      },
  ),
  fc
    .tuple(fc.nat(30), fc.constantFrom("-1", "0", "2147483648", "4294967295", "99999999999999999999", "1.5"))
    .map(
      ([number, value]): Change =>
        (bytes) => {
          let seen = 0;
          const text = Buffer.from(bytes).toString("latin1");
          const changed = text.replace(/\d+/g, (digits) => (seen++ === number ? value : digits));
          return new Uint8Array(Buffer.from(changed, "latin1"));
        },
    ),
);

/** Inputs made of those of a corpus by a few changes; of at most 64 KiB. */
export function mutated(corpus: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...corpus), fc.array(change, { maxLength: 6 }))
    .map(([entry, changes]) =>
      changes.reduce((bytes, each) => each(bytes, corpus).subarray(0, MAX_SIZE), entry),
    );
}
