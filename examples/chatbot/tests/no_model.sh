# A chatbot that was built without mnemic::http says so when it is asked to reach a model.
source "$(dirname "$0")/helpers.sh"

! "$CHATBOT" --store X --llm-url http://127.0.0.1:1/v1 --model test >out 2>&1 </dev/null || fail "accepted"
holds "built without mnemic::http"
