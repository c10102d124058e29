/** Whether every cluster has the namespace: nobody needs to make it. */
export function isBuiltInNamespace(name: string): boolean {
  return name === 'default' || name.startsWith('kube-');
}
