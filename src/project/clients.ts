/** The metrics clients for Node.js that generated code can stand on; a project that has one keeps it. */
export const nodeClients = ['prom-client', '@prometheus-io/client'] as const;
export type NodeClient = (typeof nodeClients)[number];

/** Those for Flask: the exporter, which stands on the other one. */
export const pythonClients = ['prometheus_flask_exporter', 'prometheus_client'] as const;
export type PythonClient = (typeof pythonClients)[number];

export const clients = [...nodeClients, ...pythonClients] as const;
export type Client = (typeof clients)[number];

/** @throws TypeError for a client of another language: targets take only their own */
export function asNodeClient(client: Client): NodeClient {
  const known = nodeClients.find((one) => one === client);
  if (known === undefined) throw new TypeError(`${client} is not for Node.js`);
  return known;
}
