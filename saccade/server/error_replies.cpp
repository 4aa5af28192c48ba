// Refusals for what goes wrong.
#include "saccade/server/error_replies.h"

#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/one_line.h"
#include "saccade/server/image_shelf.h"
#include "saccade/server/run_queue.h"
#include "saccade/server/run_request.h"

namespace saccade {
namespace {

HttpReply wrong_intervention(const WrongIntervention& error) {
  JsonWriter json;
  json.begin_object().member("error", error.what()).member("intervention", error.index);
  if (error.at >= 0) json.member("at", error.at);
  return json_reply(json.end_object().text(), 400);
}

}  // namespace

HttpReply reply_of(const std::function<HttpReply()>& work) {
  try {
    return work();
  } catch (const RunStopped& stopped) {
    return refusal(409, stopped.what());
  } catch (const NoSuchImage& error) {
    return refusal(error.was_there ? 410 : 404, error.what());
  } catch (const WrongIntervention& error) {
    return wrong_intervention(error);
  } catch (const UsageError& error) {
    return refusal(400, first_line(error.what()));
  } catch (const Error& error) {
    return refusal(422, first_line(error.what()));
  } catch (const std::exception& error) {
    return refusal(500, first_line(error.what()));
  }
}

HttpReply wrong_method(const char* allowed) {
  HttpReply reply = refusal(405, text_of("expected ", allowed, " here"));
  reply.headers = {{"Allow", allowed}};
  return reply;
}

HttpReply nothing_here(const HttpRequest& request) {
  return refusal(404, "there is nothing at " + one_line(request.path) + ": see /openapi.json");
}

}  // namespace saccade
