use crate::growth;
use crate::meter::{memory, Deadlines, Meter};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, Mutex};
use tokio::task::{yield_now, JoinHandle};
use tokio::time::{sleep, timeout, Sleep};

type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

pub struct Row {
    pub name: &'static str,
    pub size: u64,
    pub run: fn(&mut Meter, u64) -> Work,
}

/// `work` in a process that has a second thread, which sleeps to the end.
fn beside(work: Work) -> Work {
    std::thread::spawn(|| std::thread::sleep(Duration::from_secs(86_400)));
    work
}

const PRODUCERS: u64 = 4;
const LONG_TIME: Duration = Duration::from_secs(3600);

// --- tasks

async fn value(number: u64) -> u64 {
    number
}

async fn spawn_and_join(meter: &mut Meter, rounds: u64, tasks: u64) {
    let mut handles: Vec<JoinHandle<u64>> = Vec::with_capacity(tasks as usize);
    let mut sum = 0;
    meter.start();
    for _ in 0..rounds {
        handles.extend((0..tasks).map(|i| tokio::spawn(value(i))));
        for handle in handles.drain(..) {
            sum += handle.await.expect("a value");
        }
    }
    meter.stop();
    meter.units = rounds * tasks;
    assert_eq!(sum, rounds * (tasks * (tasks - 1) / 2));
}

pub async fn yields(times: u64) {
    for _ in 0..times {
        yield_now().await;
    }
}

async fn yield_among(meter: &mut Meter, tasks: u64, times: u64) {
    meter.start();
    let handles: Vec<_> = (0..tasks).map(|_| tokio::spawn(yields(times))).collect();
    for handle in handles {
        handle.await.expect("done");
    }
    meter.stop();
    meter.units = tasks * times;
}

// --- channels

async fn ping_pong(meter: &mut Meter, times: u64) {
    let (request, mut requests) = mpsc::channel::<u64>(1);
    let (reply, mut replies) = mpsc::channel::<u64>(1);
    tokio::spawn(async move {
        while let Some(number) = requests.recv().await {
            reply.send(number + 1).await.expect("a receiver");
        }
    });
    let mut number = 0;
    meter.start();
    for _ in 0..times {
        request.send(number).await.expect("a receiver");
        number = replies.recv().await.expect("a reply");
    }
    meter.stop();
    meter.units = times;
    assert_eq!(number, times);
}

async fn request_reply(meter: &mut Meter, times: u64) {
    let (requests, mut inbox) = mpsc::channel::<(u64, oneshot::Sender<u64>)>(32);
    tokio::spawn(async move {
        while let Some((number, reply)) = inbox.recv().await {
            reply.send(number + 1).expect("a receiver");
        }
    });
    let mut number = 0;
    meter.start();
    for _ in 0..times {
        let (reply, answer) = oneshot::channel();
        requests.send((number, reply)).await.expect("a receiver");
        number = answer.await.expect("a reply");
    }
    meter.stop();
    meter.units = times;
    assert_eq!(number, times);
}

async fn consume(mut receiver: mpsc::Receiver<u64>) -> u64 {
    let mut received = 0;
    while receiver.recv().await.is_some() {
        received += 1;
    }
    received
}

async fn produce(sender: mpsc::Sender<u64>, messages: u64) {
    for i in 0..messages {
        sender.send(i).await.expect("a receiver");
    }
}

async fn mpsc_4(meter: &mut Meter, messages: u64) {
    let (sender, receiver) = mpsc::channel::<u64>(1024);
    meter.start();
    for _ in 0..PRODUCERS {
        tokio::spawn(produce(sender.clone(), messages / PRODUCERS));
    }
    drop(sender);
    let received = tokio::spawn(consume(receiver)).await.expect("done");
    meter.stop();
    meter.units = received;
    assert_eq!(received, messages / PRODUCERS * PRODUCERS);
}

/// The producers have a thread and a runtime of their own.
async fn mpsc_two_threads(meter: &mut Meter, messages: u64) {
    let (sender, receiver) = mpsc::channel::<u64>(1024);
    meter.start();
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async move {
            let producers = (0..PRODUCERS).map(|_| tokio::spawn(produce(sender.clone(), messages / PRODUCERS)));
            for producer in producers.collect::<Vec<_>>() {
                producer.await.expect("done");
            }
        })
    });
    let received = tokio::spawn(consume(receiver)).await.expect("done");
    meter.stop();
    other.join().expect("done");
    meter.units = received;
    assert_eq!(received, messages / PRODUCERS * PRODUCERS);
}

// --- locks

async fn lock_among(meter: &mut Meter, tasks: u64, times: u64, yields_inside: bool) {
    let mutex = Arc::new(Mutex::new(0u64));
    meter.start();
    let lock_times = |mutex: Arc<Mutex<u64>>| async move {
        for _ in 0..times {
            let mut guard = mutex.lock().await;
            *guard += 1;
            if yields_inside {
                yield_now().await;
            }
        }
    };
    let handles: Vec<_> = (0..tasks).map(|_| tokio::spawn(lock_times(mutex.clone()))).collect();
    for handle in handles {
        handle.await.expect("done");
    }
    meter.stop();
    meter.units = tasks * times;
    assert_eq!(*mutex.lock().await, tasks * times);
}

// --- timers

/// Polls a sleep once: so it is armed without waiting for it.
pub struct Arm<'a>(pub Pin<&'a mut Sleep>);

impl Future for Arm<'_> {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        assert!(self.0.as_mut().poll(context).is_pending());
        Poll::Ready(())
    }
}

async fn timers_held(meter: &mut Meter, timers: u64) {
    let mut sleeps: Vec<Pin<Box<Sleep>>> = Vec::with_capacity(timers as usize);
    let mut deadlines = Deadlines::new();
    meter.start();
    for _ in 0..timers {
        let mut armed = Box::pin(sleep(deadlines.next()));
        Arm(armed.as_mut()).await;
        sleeps.push(armed);
    }
    sleeps.clear();
    meter.stop();
    meter.units = timers;
}

pub async fn timer_alone(meter: &mut Meter, times: u64) {
    let mut deadlines = Deadlines::new();
    meter.start();
    for _ in 0..times {
        let armed = sleep(deadlines.next());
        tokio::pin!(armed);
        Arm(armed).await;
    }
    meter.stop();
    meter.units = times;
}

async fn timeout_yield(meter: &mut Meter, times: u64) {
    meter.start();
    for _ in 0..times {
        timeout(LONG_TIME, yield_now()).await.expect("in time");
    }
    meter.stop();
    meter.units = times;
}

// --- awaits

/// A yield by way of the waker. Tokio's own yield_now polls its driver when no other task is ready, and this row is
/// about the depth.
struct YieldByWaker(bool);

impl Future for YieldByWaker {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Boxed at every level, as the frames of C++ are.
fn nested(depth: u64, times: u64) -> Work<'static> {
    Box::pin(async move {
        if depth == 0 {
            for _ in 0..times {
                YieldByWaker(false).await;
            }
        } else {
            nested(depth - 1, times).await;
        }
    })
}

async fn wake(meter: &mut Meter, depth: u64, times: u64) {
    meter.start();
    nested(depth, times).await;
    meter.stop();
    meter.units = times;
}

fn boxed_value(number: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(value(number))
}

async fn await_ready(meter: &mut Meter, times: u64) {
    let mut sum = 0u64;
    meter.start();
    for i in 0..times {
        sum += boxed_value(i).await;
    }
    meter.stop();
    meter.units = times;
    assert_eq!(sum, times * (times - 1) / 2);
}

// --- memory

async fn sleepers(meter: &mut Meter, tasks: u64) {
    let mut deadlines = Deadlines::new();
    let first = deadlines.next();
    tokio::spawn(async move { sleep(first).await });
    yield_now().await;
    let before = memory();
    meter.start();
    for _ in 0..tasks {
        let length = deadlines.next();
        tokio::spawn(async move { sleep(length).await });
    }
    yield_now().await; // Each has had its first turn, and sleeps.
    meter.stop();
    meter.units = tasks;
    meter.bytes = memory() - before;
}

pub const ROWS: &[Row] = &[
    Row { name: "spawn-held", size: 1_000_000, run: |m, n| Box::pin(spawn_and_join(m, 1, n)) },
    Row { name: "spawn-batches", size: 1_000_000, run: |m, n| Box::pin(spawn_and_join(m, n / 1000, 1000)) },
    Row { name: "yield", size: 2_000_000, run: |m, n| Box::pin(yield_among(m, 1000, n / 1000)) },
    Row { name: "ping-pong", size: 500_000, run: |m, n| Box::pin(ping_pong(m, n)) },
    Row { name: "request-reply", size: 500_000, run: |m, n| Box::pin(request_reply(m, n)) },
    Row { name: "mpsc", size: 2_000_000, run: |m, n| Box::pin(mpsc_4(m, n)) },
    Row { name: "mpsc-two-threads", size: 1_000_000, run: |m, n| Box::pin(mpsc_two_threads(m, n)) },
    Row { name: "yield-beside", size: 2_000_000, run: |m, n| beside(Box::pin(yield_among(m, 1000, n / 1000))) },
    Row { name: "ping-pong-beside", size: 500_000, run: |m, n| beside(Box::pin(ping_pong(m, n))) },
    Row { name: "mutex-free-beside", size: 3_000_000, run: |m, n| beside(Box::pin(lock_among(m, 1, n, false))) },
    Row { name: "mutex-free", size: 3_000_000, run: |m, n| Box::pin(lock_among(m, 1, n, false)) },
    Row { name: "mutex-held", size: 500_000, run: |m, n| Box::pin(lock_among(m, 100, n / 100, true)) },
    Row { name: "timers-held", size: 1_000_000, run: |m, n| Box::pin(timers_held(m, n)) },
    Row { name: "timer-alone", size: 1_000_000, run: |m, n| Box::pin(timer_alone(m, n)) },
    Row { name: "timeout-yield", size: 500_000, run: |m, n| Box::pin(timeout_yield(m, n)) },
    Row { name: "wake-1", size: 2_000_000, run: |m, n| Box::pin(wake(m, 1, n)) },
    Row { name: "wake-10", size: 2_000_000, run: |m, n| Box::pin(wake(m, 10, n)) },
    Row { name: "wake-100", size: 500_000, run: |m, n| Box::pin(wake(m, 100, n)) },
    Row { name: "await-ready", size: 5_000_000, run: |m, n| Box::pin(await_ready(m, n)) },
    Row { name: "memory", size: 1_000_000, run: |m, n| Box::pin(sleepers(m, n)) },
    Row { name: "grow-tasks", size: 1000, run: |m, n| Box::pin(growth::grow_tasks(m, n)) },
    Row { name: "grow-timers", size: 1000, run: |m, n| Box::pin(growth::grow_timers(m, n)) },
    Row { name: "grow-firing", size: 1000, run: |m, n| Box::pin(growth::grow_firing(m, n)) },
    Row { name: "grow-waiters", size: 1000, run: |m, n| Box::pin(growth::grow_waiters(m, n)) },
    Row { name: "grow-messages", size: 1000, run: |m, n| Box::pin(growth::grow_messages(m, n)) },
];
