// Preloaded into the command line: notes every private key that it makes, so that a test can look for it elsewhere.
const { webcrypto } = require('node:crypto');
const { appendFileSync } = require('node:fs');

const { subtle } = webcrypto;
const generateKey = subtle.generateKey.bind(subtle);

subtle.generateKey = async (...args) => {
  const keys = await generateKey(...args);
  const pkcs8 = Buffer.from(await subtle.exportKey('pkcs8', keys.privateKey));
  appendFileSync(process.env.KEY_SPY_FILE, `${pkcs8.toString('base64')}\n`, { mode: 0o600 });
  return keys;
};
