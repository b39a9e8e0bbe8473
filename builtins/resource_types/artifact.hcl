# What a job made, kept by the server for later jobs and for people:
#
#   resource "artifact" "dist" {
#     params { paths = ["dist/**"] }
#   }
#
# A `put` packs the paths and brings the archive to the server; a `get` of another job fetches it and unpacks it. Versions are
# { build = <number>, job = "…", sha256 = "…", size = <bytes> }: each `put` makes one, so nothing has to be checked. The worker does all of it itself.
resource_type "artifact" {
  params = [
    "name",  # The directory that a `get` unpacks it into; the name of the resource, unless given. `"."` is `WORKDIR` itself.
    "paths", # What is packed: paths and patterns in the build's directory. One that begins with `!` takes away. A `put` may name others.
    "dir",   # What lies at the top of the archive; what all paths have in common before their first pattern, unless given.
  ]
  step_params = ["paths", "dir"]
  engine      = "artifact"
}
