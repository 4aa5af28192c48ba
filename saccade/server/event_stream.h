// Server-sent events of one listener: written by any thread, taken by the connection.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace saccade {

class EventStream {
 public:
  // "event: NAME" and one line of JSON. Where the listener does not keep up the oldest are dropped.
  void send(const std::string& name, const std::string& json);
  // No more will come.
  void close();
  bool is_closed() const;

  // The connection: the next event as it is written, nothing where there is none now.
  std::optional<std::string> take();
  // Called after each send and close, from their thread; null: nobody.
  void on_change(std::function<void()> wake);
  // Whether a connection still takes events.
  bool is_listening() const;

 private:
  static constexpr std::size_t kMost = 256;

  mutable std::mutex mutex_;
  std::deque<std::string> events_;
  bool closed_ = false;
  std::function<void()> wake_;
};

}  // namespace saccade
