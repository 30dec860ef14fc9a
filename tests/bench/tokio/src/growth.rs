//! Growth: the same operation among 1, 10, ... 1,000,000 others.

use crate::meter::{Deadlines, Meter};
use crate::rows::{timer_alone, yields, Arm};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::{mpsc, Mutex};
use tokio::task::{yield_now, JoinHandle};
use tokio::time::{sleep, Sleep};

async fn join_all(handles: &mut Vec<JoinHandle<()>>) {
    for handle in handles.drain(..) {
        handle.await.expect("done");
    }
}

pub async fn grow_tasks(meter: &mut Meter, size: u64) {
    let rounds = meter.rounds_for(size);
    let mut handles: Vec<_> = (0..size).map(|_| tokio::spawn(yields(rounds + 1))).collect();
    yield_now().await; // Each has had its first turn.
    meter.start();
    join_all(&mut handles).await;
    meter.stop();
    meter.units = rounds * size;
}

pub async fn grow_timers(meter: &mut Meter, size: u64) {
    let mut held: Vec<Pin<Box<Sleep>>> = Vec::with_capacity(size as usize);
    let mut deadlines = Deadlines::new();
    for _ in 0..size {
        let mut armed = Box::pin(sleep(deadlines.next()));
        Arm(armed.as_mut()).await;
        held.push(armed);
    }
    timer_alone(meter, meter.operations).await;
}

/// Paused time: it jumps to the next deadline, so that firing costs what the queue costs, and nobody waits.
pub async fn grow_firing(meter: &mut Meter, size: u64) {
    tokio::time::pause();
    let mut deadlines = Deadlines::new();
    let rounds = meter.rounds_for(size);
    let mut handles: Vec<JoinHandle<()>> = Vec::with_capacity(size as usize);
    for _ in 0..rounds {
        handles.extend((0..size).map(|_| {
            let length = deadlines.next();
            tokio::spawn(async move { sleep(length).await })
        }));
        yield_now().await; // All are armed now.
        meter.start();
        join_all(&mut handles).await;
        meter.stop();
    }
    meter.units = rounds * size;
}

pub async fn grow_waiters(meter: &mut Meter, size: u64) {
    let mutex = Arc::new(Mutex::new(0u64));
    let rounds = meter.rounds_for(size);
    let mut handles: Vec<JoinHandle<()>> = Vec::with_capacity(size as usize);
    for _ in 0..rounds {
        let guard = mutex.lock().await;
        handles.extend((0..size).map(|_| {
            let mutex = mutex.clone();
            tokio::spawn(async move { *mutex.lock().await += 1 })
        }));
        yield_now().await; // All stand in line now.
        meter.start();
        drop(guard);
        join_all(&mut handles).await;
        meter.stop();
    }
    meter.units = rounds * size;
    assert_eq!(*mutex.lock().await, meter.units);
}

pub async fn grow_messages(meter: &mut Meter, size: u64) {
    let (sender, mut receiver) = mpsc::channel::<u64>(size as usize);
    let rounds = meter.rounds_for(size);
    meter.start();
    for _ in 0..rounds {
        for i in 0..size {
            sender.send(i).await.expect("a receiver");
        }
        for _ in 0..size {
            receiver.recv().await.expect("a message");
        }
    }
    meter.stop();
    meter.units = rounds * size;
}
