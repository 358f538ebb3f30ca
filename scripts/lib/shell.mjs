/**
 * @typedef {object} ShellCommand
 * @property {number} line from 0
 * @property {string[]} words the program and its arguments, without quotes and redirections; a variable stays as
 *   it is written
 */

const KEYWORDS = new Set(["until", "while", "do", "done", "if", "then", "else", "fi", "!", "{", "}"]);
const REDIRECTION = /^\d?(?:>>|>&|>|<)(.*)$/;
const HERE = /<<\s*['"]?(\w+)['"]?/;

/**
 * Splits one logical line into words and operators.
 *
 * @param {string} line
 * @returns {{ operator?: true, text: string }[]}
 */
function tokens(line) {
  /** @type {{ operator?: true, text: string }[]} */
  const found = [];
  const pattern = /\s+|#.*$|&&|\|\||[;&|](?!>)|(?:"(?:[^"\\]|\\.)*"|'[^']*'|\d?>&\d?|\\.|[^\s"'\\;&|])+/gy;
  let read = 0;
  for (const [text] of line.matchAll(pattern)) {
    read += text.length;
    if (/^\s/.test(text) || text.startsWith("#")) continue;
    if (/^[;&|]/.test(text)) found.push({ operator: true, text });
    else found.push({ text: text.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, a, b) => a ?? b) });
  }
  if (read < line.length) throw new Error(`cannot be read from here: ${line.slice(read)}`);
  return found;
}

/**
 * The commands of a shell text as READMEs have it: quotes, comments, variables, redirections, `&&`, `|`, `&` and
 * loops of one line. Here-documents are left out. No functions or substitutions. Throws at a quote that is not closed.
 *
 * @param {string} text
 * @returns {ShellCommand[]}
 */
export function splitShell(text) {
  /** @type {ShellCommand[]} */
  const commands = [];
  let before = "";
  let first = 0;
  /** @type {string | undefined} */
  let end;
  for (const [at, line] of text.split("\n").entries()) {
    if (end !== undefined) {
      if (line === end) end = undefined;
      continue;
    }
    if (before === "") first = at;
    const joined = before + line.replace(HERE, "");
    end = HERE.exec(line)?.[1];
    before = "";
    if (joined.endsWith("\\")) {
      before = `${joined.slice(0, -1)} `;
      continue;
    }
    /** @type {string[]} */
    let words = [];
    let skipNext = false;
    const finish = () => {
      while (KEYWORDS.has(words[0] ?? "") || /^\w+=/.test(words[0] ?? "")) words.shift();
      if (words.length > 0) commands.push({ line: first, words });
      words = [];
    };
    for (const { operator, text: word } of tokens(joined)) {
      if (operator) finish();
      else if (skipNext) skipNext = false;
      else if (REDIRECTION.test(word)) skipNext = REDIRECTION.exec(word)?.[1] === "";
      else words.push(word);
    }
    finish();
  }
  return commands;
}
