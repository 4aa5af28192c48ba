// Refusals for what goes wrong.
#pragma once

#include <functional>

#include "saccade/server/http_message.h"

namespace saccade {

// What `work` returns, or the refusal that says what it threw: 400 for a wrong request, 404 and 410 for images that are
// not there, 409 for a run that nobody wants any more, 422 for files that do not read, 500 for the rest.
HttpReply reply_of(const std::function<HttpReply()>& work);

HttpReply wrong_method(const char* allowed);
HttpReply nothing_here(const HttpRequest& request);

}  // namespace saccade
