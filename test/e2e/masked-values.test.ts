/** What expressions make of secrets is masked wherever a step gets it, and nothing else is. */
import { expect } from 'bun:test';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';

const test = testWith({ executable: pikociAvailability() });

const PIPELINE = `
variable "account" {
  secret "env" { path = "PIKOCI_TEST_ACCOUNT" }
}
locals {
  password = jsondecode(var.account).password
  header   = "Basic \${base64encode("\${jsondecode(var.account).user}:\${local.password}")}"
}
module "part" {
  source = "part.hcl"
  login  = "<\${upper(local.password)}>"
}
resource_type "store" {
  params = ["token"]
  check "shell" { cmd = "echo '[{\\"n\\": \\"1\\"}]'" }
  pull "shell" { cmd = "echo pulled with $param_token $get_level" }
  push "shell" { cmd = "echo pushed with $param_token and $put_key >&2; echo '{\\"n\\": \\"2\\"}'" }
}
resource "store" "it" {
  params { token = strrev(local.password) }
}
service_type "db" {
  params = ["password"]
  start "shell" { cmd = "echo db with $param_password" }
}
notification_type "chat" {
  notify "shell" { cmd = "echo told $NOTIFY_MESSAGE $notify_mood" }
}
notification "chat" "room" {}
job "all" {
  service "db" { password = substr(local.password, 2, 9) }
  get "store" "it" {
    params { level = title(local.password) }
  }
  task "script" {
    run "shell" {
      cmd = <<-EOT
        echo "this line is open"
        echo "header: \${local.header}"
        %{ for word in split("-", local.password) ~}
        echo "word \${word}"
        %{ endfor ~}
        echo "\${jsondecode(var.account).port} \${length(local.password)} \${local.password == "" ? "empty" : "filled"}"
      EOT
    }
  }
  task "file" {
    run "shell" { cmd = templatefile("task.tpl", { word = lower(local.password) }) }
    env = { LOGIN = module.part.login, ITS = module.part.rotated }
  }
  put "store" "it" {
    params { key = sha256(local.password) }
    no_get = true
  }
  notify "chat" "room" {
    message = "with \${format("%s!", local.password)}"
    mood    = md5(local.password)
  }
}
`;

const PART = `variable "login" {
  type = string
}
output "login" { value = "[\${var.login}]" }
output "rotated" { value = replace(var.login, "-", "/") }
`;

const TEMPLATE = 'echo "another open line"\necho "say ${word} ${upper(word)}"\necho "$LOGIN $ITS"\n';

test('in scripts, parameters, locals, modules and templates, of every kind of step', async () => {
  const password = 'Correct-Horse-Battery';
  const environment = {
    PATH: process.env.PATH ?? '',
    PIKOCI_TEST_ACCOUNT: JSON.stringify({ user: 'admin', password, port: 5432 }),
  };
  await using place = pikociPlace({ environment });
  place.write('pipeline.hcl', PIPELINE);
  place.write('part.hcl', PART);
  place.write('task.tpl', TEMPLATE);
  const run = ['run', '--pipeline-config', 'pipeline.hcl', '--pass-env', 'PIKOCI_TEST_ACCOUNT', '--job', 'all'];
  const { code, stdout, stderr } = await place.run([...run, '--allow-put']);
  const log = stdout + stderr;
  expect([code, log]).toEqual([0, expect.anything()]);
  const lines = [
    'db with ***',
    'pulled with *** ***',
    'this line is open',
    'header: Basic ***',
    'word ***',
    '5432 21 filled',
    'another open line',
    'say *** ***',
    '[<***>] ***',
    'pushed with *** and ***',
    'told with *** ***',
  ];
  for (const line of lines) expect(log).toContain(line);
  expect(log).not.toMatch(/horse|yrettab|battery|0b5e/i);
});
