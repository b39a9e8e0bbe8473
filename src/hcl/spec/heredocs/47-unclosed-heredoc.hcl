x = <<EOT
x
﻿EOT
