// Mistake: takes a photo, prints it, takes the next: the memory is saved, and the time is lost.
// Kind: one after the other
// Fails: the camera goes on while the printer prints
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <utility>

namespace mine {

using kettle::Task;
using kettle::mpsc::Receiver;
using kettle::mpsc::Sender;

/// Takes `count` photos.
template <class Photo, class Camera>
Task<> photograph(Sender<Photo> photos, Camera& camera, int count) {
  for (int taken = 0; taken < count; ++taken) {
    co_await camera.ready();
    const auto sent = co_await photos.send(camera.take());
    if (!sent.has_value()) co_return;  // The printer has gone.
  }
}

/// Prints all there is.
template <class Photo, class Printer>
Task<> print(Receiver<Photo> photos, Printer& printer) {
  while (auto photo = co_await photos.recv()) co_await printer.print(std::move(*photo));
}

/// One evening: `count` photos, taken and printed. Both machines must outlive it.
template <class Photo, class Camera, class Printer>
Task<> evening(Camera& camera, Printer& printer, int count) {
  for (int taken = 0; taken < count; ++taken) {
    co_await camera.ready();
    co_await printer.print(camera.take());
  }
}

}  // namespace mine
