/** The environment of every call of Go: programs do not depend on a C library, or on settings of the machine. */
export const goEnvironment = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
