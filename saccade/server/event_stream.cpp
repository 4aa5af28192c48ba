// Server-sent events of one listener.
#include "saccade/server/event_stream.h"

namespace saccade {

void EventStream::send(const std::string& name, const std::string& json) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (events_.size() == kMost) events_.pop_front();
  events_.push_back("event: " + name + "\ndata: " + json + "\n\n");
  if (wake_) wake_();
}

void EventStream::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  if (wake_) wake_();
}

bool EventStream::is_closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::optional<std::string> EventStream::take() {
  const std::lock_guard lock(mutex_);
  if (events_.empty()) return std::nullopt;
  std::string event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void EventStream::on_change(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

bool EventStream::is_listening() const {
  const std::lock_guard lock(mutex_);
  return static_cast<bool>(wake_);
}

}  // namespace saccade
