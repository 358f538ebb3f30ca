/** Options of the libraries and their names on the command line. The first that fits a place is used. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/The option modifyAdmin \(modify_HS_ADMIN\) allows it/g, "--modify-admin allows it"],
  [/The option allowUnusual creates it as it is/g, "--allow-unusual creates it as it is"],
  [/or allow overwriting to replace its whole record/g, "or replace its whole record with --overwrite"],
  [/Leave ifUnchanged out/g, "Leave --if-unchanged out"],
  [/with the option state: "before"/g, "with --before"],
  [/longer than maxResponseBytes/g, "longer than 16 MiB"],
  [/Ask for less at a time, or raise maxResponseBytes/g, "Ask for less at a time"],
  [/locations\.repair keeps/g, "hdl loc repair keeps"],
  [/is the option suffixStart/g, "is --suffix-start"],
  [/timeouts\.(?:connect|attempt|total) sets how long/g, "--timeout sets how long"],
  [/the strategy's timeout sets how long/g, "--timeout sets how long"],
  [
    /HTTPS_verify in the credentials, `ca` of the transport/g,
    "--ca FILE, or HTTPS_verify in the credentials file",
  ],
  [/give the fingerprint as `trust`/g, "give it with --trust"],
  [/as HTTPS_verify \(`ca`\)/g, "with --ca FILE"],
  [/`ca` \(HTTPS_verify in the credentials\)/g, "--ca FILE (HTTPS_verify in the credentials)"],
  [/its fingerprint as `trust`/g, "its fingerprint as --trust"],
  [
    /Give a credentials file with a user and password, or with a certificate and its key\./g,
    "Give a credentials file that has one with -c FILE, or save one with hdl auth save.",
  ],
  [/The option ca holds/g, "The file of --ca holds"],
  [/createTransport: the option ca holds/g, "The file of --ca holds"],
];

/** Returns a message or hint of a library in the words of the command line, with its options. */
export function inWordsOfHdl(text: string): string {
  return WORDS.reduce((said, [library, hdl]) => said.replace(library, hdl), text);
}
