import { HandleError } from "@handlekit/core";

/** Creates the error for a key or certificate that cannot be used. */
export function invalidKey(message: string, hint?: string): HandleError {
  return new HandleError("invalid_key", { message, hint });
}

/** Creates the error for a key whose content is not what its format says. */
export function damagedKey(): HandleError {
  return invalidKey(
    "The key is damaged.",
    "Copy the file again, in binary mode, or restore it from a backup.",
  );
}

/** Creates the error for a key that is neither RSA nor DSA. */
export function unsupportedKey(type: string): HandleError {
  return invalidKey(
    `The key is of the type ${type}; an HS_PUBKEY value can only hold an RSA or DSA key.`,
    "Create an RSA key of 3072 bits.",
  );
}

/** Creates the error for an encrypted key without a passphrase. */
export function passphraseMissing(): HandleError {
  return invalidKey("The private key is encrypted, and no passphrase was given.", "Give its passphrase.");
}

/** Creates the error for an encrypted key that its passphrase does not decrypt. */
export function passphraseWrong(): HandleError {
  return invalidKey(
    "The passphrase does not decrypt the private key.",
    "Check the passphrase, its capitals and the keyboard layout. If it is right, the file is damaged.",
  );
}
