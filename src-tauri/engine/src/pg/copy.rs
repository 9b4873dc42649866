use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnection, PgCopyIn};

use super::failed;
use crate::error::Result;

/// A running `COPY ... TO STDOUT`. Dropped before its end, it leaves a session that refuses
/// everything: close it.
pub struct CopyOut<'session> {
    // Reads the connection up to the next message, hands that over, and pauses. A future rather than
    // the driver's stream, because it can put the connection right where the server refuses to start.
    reading: BoxFuture<'session, Result<()>>,
    handed_over: Arc<HandOver>,
    ended: bool,
}

type HandOver = Mutex<Option<Bytes>>;

impl<'session> CopyOut<'session> {
    pub(super) async fn begin(
        connection: &'session mut PgConnection,
        copying: &'session mut bool,
        sql: &str,
    ) -> Result<Self> {
        *copying = true;
        let handed_over = Arc::new(HandOver::default());
        let reading = Box::pin(read(
            connection,
            copying,
            sql.to_owned(),
            Arc::clone(&handed_over),
        ));
        let mut copy = Self {
            reading,
            handed_over,
            ended: false,
        };
        // An empty message stands for the start.
        copy.next().await?;
        Ok(copy)
    }

    /// The next CopyData message, `None` at the end. Postgres sends one row per message, which the
    /// protocol does not promise.
    ///
    /// # Errors
    /// As [`failed`] maps them.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.ended {
            return Ok(None);
        }
        poll_fn(|context| match self.reading.as_mut().poll(context) {
            Poll::Ready(result) => {
                self.ended = true;
                Poll::Ready(result.map(|()| None))
            }
            Poll::Pending => match take(&self.handed_over) {
                Some(data) => Poll::Ready(Ok(Some(data))),
                None => Poll::Pending,
            },
        })
        .await
    }
}

async fn read(
    connection: &mut PgConnection,
    copying: &mut bool,
    sql: String,
    handed_over: Arc<HandOver>,
) -> Result<()> {
    let refused = match connection.copy_out_raw(&sql).await {
        Ok(mut stream) => {
            hand_over(&handed_over, Bytes::new()).await;
            loop {
                match stream.try_next().await {
                    Ok(Some(data)) => hand_over(&handed_over, data).await,
                    Ok(None) => {
                        *copying = false;
                        return Ok(());
                    }
                    Err(error) => {
                        // After an error of the server the driver has read on until it was ready.
                        *copying = !matches!(error, sqlx::Error::Database(_));
                        return Err(failed(error));
                    }
                }
            }
        }
        Err(error) => error,
    };
    if matches!(refused, sqlx::Error::Database(_)) {
        *copying = catch_up(connection).await.is_err();
    }
    Err(failed(refused))
}

/// Where the server refuses to start a copy out, the driver does not read the "ready" that follows
/// the error, and would take it for the answer to the next query. A statement that is prepared meets
/// it instead, fails, and is the one whose own "ready" the driver then waits for.
async fn catch_up(connection: &mut PgConnection) -> sqlx::Result<()> {
    let meets_the_ready = sqlx::query("SELECT 1")
        .persistent(false)
        .execute(&mut *connection)
        .await;
    debug_assert!(
        meets_the_ready.is_err(),
        "the driver reads the answer by itself now"
    );
    // In a transaction that failed, the prepared statement was refused as well.
    if connection.ping().await.is_err() {
        connection.ping().await?;
    }
    Ok(())
}

/// Puts the message where `next` finds it and pauses once. No waker is needed: `next` looks right
/// after the pause, and polls again when it is called again.
async fn hand_over(place: &HandOver, data: Bytes) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(data);
    let mut paused = false;
    poll_fn(|_| {
        if std::mem::replace(&mut paused, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

fn take(place: &HandOver) -> Option<Bytes> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// A running `COPY ... FROM STDIN`. Nothing of it is kept unless [`CopyIn::finish`] succeeds; dropped
/// before that, it leaves a session that refuses everything: close it.
pub struct CopyIn<'session> {
    copy: PgCopyIn<&'session mut PgConnection>,
    copying: &'session mut bool,
}

impl<'session> CopyIn<'session> {
    pub(super) async fn begin(
        connection: &'session mut PgConnection,
        copying: &'session mut bool,
        sql: &str,
    ) -> Result<Self> {
        *copying = true;
        match connection.copy_in_raw(sql).await {
            Ok(copy) => Ok(Self { copy, copying }),
            Err(error) => {
                *copying = !matches!(error, sqlx::Error::Database(_));
                Err(failed(error))
            }
        }
    }

    /// Sends bytes of COPY text, cut anywhere.
    ///
    /// # Errors
    /// `connection_lost`. What the server thinks of the rows is told by [`CopyIn::finish`].
    pub async fn send(&mut self, data: &[u8]) -> Result<()> {
        self.copy.send(data).await.map_err(failed)?;
        Ok(())
    }

    /// Ends the copy; the number of rows.
    ///
    /// # Errors
    /// As [`failed`] maps them: a row that the server refused is reported here, and the session stays
    /// usable (inside a transaction: for a rollback).
    pub async fn finish(self) -> Result<u64> {
        let Self { copy, copying } = self;
        ended(copy.finish().await, copying)
    }

    /// Gives the copy up; the session stays usable (inside a transaction: for a rollback).
    ///
    /// # Errors
    /// `connection_lost`.
    pub async fn abort(self) -> Result<()> {
        let Self { copy, copying } = self;
        ended(copy.abort("given up").await, copying)
    }
}

fn ended<T>(result: sqlx::Result<T>, copying: &mut bool) -> Result<T> {
    *copying = !matches!(result, Ok(_) | Err(sqlx::Error::Database(_)));
    result.map_err(failed)
}
