import type { Problem } from '../../errors';
import { gitRepositoryGvk, gitRepositoryPatterns } from '../../kubernetes/flux';
import type { GitRepositoryManifest } from '../../kubernetes/flux-manifests';
import { printedUrl } from '../charts/source-fields';

/** What Flux checks out of a Git repository (spec.ref of a GitRepository): exactly one of these. */
export interface GitReference {
  /** A branch. */
  readonly branch?: string;
  /** A tag. */
  readonly tag?: string;
  /** Range of versions, for example `1.x`. Flux checks out the highest tag in it. */
  readonly semver?: string;
  /** A full name, such as `refs/heads/main`. */
  readonly name?: string;
  /** SHA of a commit, 40 hex digits. */
  readonly commit?: string;
}

/** A Git repository with the manifests of a cluster: fields of a GitRepository. */
export interface GitSource {
  /**
   * `https://`, `http://` or `ssh://` URL of the repository, without a password (spec.url). Flux must be able to resolve and
   * reach the host from its pod: without a CNI, that is from the network of its node.
   */
  readonly url: string;
  /** What to check out (spec.ref). */
  readonly ref: GitReference;
  /**
   * How Flux verifies signatures, and the Secret with the public keys of who may sign (spec.verify).
   * @default - signatures are not verified
   */
  readonly verify?: GitRepositoryManifest['spec']['verify'];
  /**
   * How Flux logs in (spec.provider).
   * @default - Flux's default, `generic`: with the Secret, if there is one
   */
  readonly provider?: GitRepositoryManifest['spec']['provider'];
}

const REFERENCES = ['branch', 'tag', 'semver', 'name', 'commit'] as const;
const COMMIT = /^[0-9a-f]{40}$/;

/** The reasons why Flux could not read a Git repository, or why its URL must not be written down. */
export function* gitProblems(git: GitSource, hasSecret: boolean): Iterable<Problem> {
  const { url, ref = {} } = git;
  if (typeof git !== 'object') {
    yield { problem: 'git is no repository with its ref', fix: "write git: { url: '...', ref: { branch: 'main' } }" };
  }
  const shown = printedUrl(url);
  const parsed = new RegExp(gitRepositoryPatterns.url).test(url) && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.hostname === '' || /[?#\s]/.test(url)) {
    yield { problem: `invalid URL: ${shown}`, fix: 'write https://HOST/PATH, or ssh://git@HOST/PATH' };
  } else if (parsed.password !== '' || (parsed.protocol !== 'ssh:' && parsed.username !== '')) {
    yield { problem: `the URL contains credentials: ${shown}`, fix: 'put them into a Secret, and set secretRef' };
  } else if (parsed.protocol === 'ssh:' && !hasSecret) {
    const fix = 'set secretRef to a Secret with identity and known_hosts, as flux create secret git makes it';
    yield { problem: `SSH needs a key: ${shown}`, fix };
  }
  const given = REFERENCES.filter((kind) => ref[kind] !== undefined);
  if (given.length !== 1 || given.some((kind) => !/^\S+( \S+)*$/.test(ref[kind] ?? ''))) {
    const found = given.map((kind) => `${kind} ${JSON.stringify(ref[kind])}`).join(' and ') || 'it is empty';
    yield { problem: `invalid ref: ${found}`, fix: `set exactly one of ${REFERENCES.join(', ')}` };
  }
  if (ref.commit !== undefined && !COMMIT.test(ref.commit)) {
    yield { problem: `invalid commit: ${JSON.stringify(ref.commit)}`, fix: 'write all 40 hex digits of its SHA' };
  }
}

/** The GitRepository that reads a Git repository. */
export function gitRepository(
  metadata: GitRepositoryManifest['metadata'],
  { url, ref, verify, provider }: GitSource,
  { interval, secretRef }: Pick<GitRepositoryManifest['spec'], 'interval' | 'secretRef'>,
): GitRepositoryManifest {
  return {
    ...gitRepositoryGvk,
    metadata,
    spec: {
      url,
      ref,
      interval,
      ...(secretRef && { secretRef }),
      ...(verify && { verify }),
      ...(provider !== undefined && { provider }),
    },
  };
}
