echo "testing $BRANCH in $BUILD_PIPELINE_NAME with a token of ${#TOKEN} characters"
