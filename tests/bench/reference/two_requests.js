// The least that Node has to do for one event: a token and a POST, on one connection.
//     node two_requests.js ORIGIN CA_FILE CLIENT_ID CLIENT_SECRET CLOUD_ID BODY_FILE
'use strict';
const fs = require('fs');
const https = require('https');

const [origin, caFile, id, secret, cloudId, bodyFile] = process.argv.slice(2);
const agent = new https.Agent({keepAlive: true, maxSockets: 1, ca: fs.readFileSync(caFile)});

function post(path, body, headers) {
  return new Promise((resolve, reject) => {
    const options = {method: 'POST', agent, headers: {
      'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers}};
    const request = https.request(origin + path, options, answer => {
      const parts = [];
      answer.on('data', part => parts.push(part));
      answer.on('end', () => resolve([answer.statusCode, JSON.parse(Buffer.concat(parts))]));
    });
    request.on('error', reject);
    request.end(body);
  });
}

(async () => {
  const [, token] = await post('/oauth/token', JSON.stringify({
    audience: 'api.atlassian.com', grant_type: 'client_credentials', client_id: id,
    client_secret: secret}), {});
  const [status, said] = await post(`/jira/builds/0.1/cloud/${cloudId}/bulk`,
    fs.readFileSync(bodyFile), {Authorization: `Bearer ${token.access_token}`});
  agent.destroy();
  process.exitCode = status === 202 && said.rejectedBuilds.length === 0 ? 0 : 1;
})();
