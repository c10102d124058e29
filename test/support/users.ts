/** Users that no certificate may name, and what an error says of each. */
export const refusedUsers = [
  { user: '', says: 'is empty' },
  { user: 'a,O=system:masters', says: 'holds the character ,' },
  { user: 'a+OU=b', says: 'holds the character +' },
  { user: '#04024869', says: 'holds the character #' },
  { user: 'a\0b', says: 'holds a NUL' },
  { user: 'a\nb', says: 'holds a newline' },
  { user: 'a\n', says: 'holds a newline' },
  { user: 'a\u0007', says: 'holds the control character U+0007' },
  { user: 'a b', says: 'holds a space' },
  { user: 'a=b', says: 'holds the character =' },
  { user: 'a\\b', says: 'holds the character \\' },
  { user: 'a"b', says: 'holds the character "' },
  { user: 'b\u00e4r', says: 'holds the character \u00e4' },
  { user: '\u{1f95a}', says: 'holds the character \u{1f95a}' },
  { user: 'a'.repeat(65), says: 'has 65 characters' },
  { user: 'system:masters', says: 'starts with system:' },
  { user: 'System:x', says: 'starts with system:' },
  { user: 'system:', says: 'starts with system:' },
];

/** Users that a certificate may name. */
export const acceptedUsers = [
  'a',
  'cozystack-assets-reader',
  'Reader_1@example.org/flux:a.b',
  'systemx',
  'a'.repeat(64),
];
