/** Users that a certificate must not name, and what an error says about each. */
export const refusedUsers = [
  { user: '', says: 'is empty' },
  { user: 'a,O=system:masters', says: 'contains the character ,' },
  { user: 'a+OU=b', says: 'contains the character +' },
  { user: '#04024869', says: 'contains the character #' },
  { user: 'a\0b', says: 'contains a NUL' },
  { user: 'a\nb', says: 'contains a newline' },
  { user: 'a\n', says: 'contains a newline' },
  { user: 'a\u0007', says: 'contains the control character U+0007' },
  { user: 'a b', says: 'contains a space' },
  { user: 'a=b', says: 'contains the character =' },
  { user: 'a\\b', says: 'contains the character \\' },
  { user: 'a"b', says: 'contains the character "' },
  { user: 'b\u00e4r', says: 'contains the character \u00e4' },
  { user: '\u{1f95a}', says: 'contains the character \u{1f95a}' },
  { user: 'a'.repeat(65), says: 'has 65 characters' },
  { user: 'system:masters', says: 'starts with system:' },
  { user: 'System:x', says: 'starts with system:' },
  { user: 'system:', says: 'starts with system:' },
];

/** Users that a certificate can name. */
export const acceptedUsers = [
  'a',
  'cozystack-assets-reader',
  'Reader_1@example.org/flux:a.b',
  'systemx',
  'a'.repeat(64),
];
