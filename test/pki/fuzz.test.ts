import { expect, test } from 'vitest';
import { fuzz } from '../../tools/fuzz/fuzz';
import { readers } from '../../tools/fuzz/readers';

test('the readers of DER, PKCS #10, certificates, keys and PEM accept their valid inputs', async () => {
  for (const { name, seeds, read } of await readers()) {
    const isRequest = name.startsWith('request');
    // The usages that go with it are those of P-256, and RSA needs others.
    const valid = isRequest ? seeds.filter((_, index) => index !== 1) : seeds;
    for (const input of name === 'PEM' ? seeds.slice(-1) : valid) expect(read(input), name).toBe(true);
  }
});

test('none of them crashes on changed inputs, and each refuses most', async () => {
  const results = await fuzz(4000, 1);

  expect(results).toHaveLength(8);
  for (const { name, inputs, accepted } of results) {
    expect(inputs, name).toBe(500);
    expect(accepted, name).toBeLessThan(inputs / 2);
  }
});
