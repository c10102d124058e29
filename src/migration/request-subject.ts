import 'reflect-metadata';
import { Pkcs10CertificateRequest } from '@peculiar/x509';

/** The commonName of a certificate request (PEM) whose subject is nothing else; `undefined` for any other. */
export function requestedUser(pem: string): string | undefined {
  try {
    const subject = new Pkcs10CertificateRequest(pem).subjectName.toJSON();
    const names = subject[0]?.CN ?? [];
    const [name] = names;
    return name !== undefined && JSON.stringify(subject) === JSON.stringify([{ CN: [name] }]) ? name : undefined;
  } catch {
    return undefined;
  }
}
