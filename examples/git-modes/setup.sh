# Makes the repository that the example watches.
set -e
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org
git init --quiet --initial-branch=main work
cd work
mkdir -p src/docs
echo 1 > src/main && git add . && git commit --quiet -m 'Begin'
git tag v1.9.0
echo 2 > src/main && git add . && git commit --quiet -m 'Change the source'
git tag v1.10.0
echo 1 > src/docs/page && git add . && git commit --quiet -m 'Write a page'
git branch release/1.x
git checkout --quiet -b fix
echo 3 > src/main && git commit --quiet -am 'Mend it'
git checkout --quiet main
git clone --quiet --bare . ../app.git
git --git-dir ../app.git update-ref refs/pull/7/head fix
