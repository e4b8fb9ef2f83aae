// Resolves did:key identifiers with the library of Digital Bazaar, and makes some with it.
//
// Reads one identifier per line and prints, for each, the public key in hexadecimal digits. Then
// prints identifiers that the library made, each with its key, after the word `made`.

import { createInterface } from 'node:readline';
import * as base58 from 'base58-universal';
import { driver as makeDriver } from '@digitalbazaar/did-method-key';
import { Ed25519VerificationKey2020 } from '@digitalbazaar/ed25519-verification-key-2020';

const MADE = 20;

const driver = makeDriver();
driver.use({
  multibaseMultikeyHeader: 'z6Mk',
  fromMultibase: Ed25519VerificationKey2020.from,
});

function publicKey(method) {
  const bytes = base58.decode(method.publicKeyMultibase.slice(1));
  return Buffer.from(bytes.slice(2)).toString('hex');
}

for await (const did of createInterface({ input: process.stdin })) {
  const document = await driver.get({ did });
  console.log(publicKey(document.verificationMethod[0]));
}

for (let count = 0; count < MADE; count += 1) {
  const pair = await Ed25519VerificationKey2020.generate();
  const { didDocument } = await driver.fromKeyPair({ verificationKeyPair: pair });
  console.log('made', didDocument.id, publicKey(didDocument.verificationMethod[0]));
}
