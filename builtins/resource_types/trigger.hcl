# The succeeded builds of a job of another pipeline of the team: each is a version. The server knows them, so no worker has to look.
#
#   resource "trigger" "release" {
#     params {
#       pipeline = "app"
#       job      = "release"
#     }
#   }
resource_type "trigger" {
  params = [
    "pipeline", # The pipeline of the same team.
    "job",      # The job in it.
  ]
  required = ["pipeline", "job"]
}
